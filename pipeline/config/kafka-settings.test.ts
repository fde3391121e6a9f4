import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { kafkaSettings } from './kafka-settings.ts'
import { configSchema } from './schema.ts'

const withAuthority = (ca_file: string) => kafkaSettings(configSchema.parse({ kafka: { tls: { ca_file } } }))

test('a certificate file that is not there, or is none, is an error of the configuration', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-pem-'))
  try {
    const file = path.join(folder, 'ca.pem')
    expect(() => withAuthority(file)).toThrow('no such file')
    writeFileSync(file, '# Certificates\n')
    expect(() => withAuthority(file)).toThrow('ca.pem is not PEM')
    const pem = 'Issued by us\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
    writeFileSync(file, pem)
    expect(withAuthority(file).tls).toEqual({ ca: pem })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
