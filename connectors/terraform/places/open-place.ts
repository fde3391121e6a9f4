import { azurermPlace } from './azurerm.ts'
import { gcsPlace } from './gcs.ts'
import type { Place } from './place.ts'
import { s3Place } from './s3.ts'
import { tfePlace } from './tfe.ts'

const places: Readonly<Record<string, (where: string) => Place>> = {
  s3: s3Place,
  tfe: tfePlace,
  gs: gcsPlace,
  azurerm: azurermPlace,
}

/** The place that an address names; null for what is a path or the address of an HTTP backend. @throws VainoError `bad_config` */
export function placeAt(where: string): Place | null {
  const scheme = /^([a-z0-9]+):\/\//i.exec(where)?.[1]?.toLowerCase() ?? ''
  return places[scheme]?.(where) ?? null
}
