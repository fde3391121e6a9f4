import type { JsonObject } from '../../model/json.ts'
import type { FaultProxy } from '../estate/fault-proxy.ts'

/** What of a type's published schema says how it is listed and read. */
const schemas: Readonly<Record<string, object>> = {
  'AWS::AppRunner::Service': {
    primaryIdentifier: ['/properties/ServiceArn'],
    readOnlyProperties: ['/properties/ServiceArn', '/properties/Status', '/properties/Network/Urls/*/Host'],
    handlers: { read: {}, list: { permissions: ['apprunner:ListServices'] } },
  },
  'AWS::EKS::Cluster': {
    primaryIdentifier: ['/properties/Name'],
    readOnlyProperties: ['/properties/Arn'],
    handlers: { list: {} },
  },
  'AWS::EKS::IdentityProviderConfig': {
    primaryIdentifier: ['/properties/ClusterName', '/properties/Type', '/properties/IdentityProviderConfigName'],
    readOnlyProperties: ['/properties/IdentityProviderConfigArn'],
    handlers: { list: { handlerSchema: { properties: {}, required: ['ClusterName'] } } },
  },
  'AWS::EKS::PodIdentityAssociation': { primaryIdentifier: ['/properties/AssociationArn'], handlers: { read: {} } },
  'AWS::AppFabric::AppBundle': { primaryIdentifier: ['/properties/Arn'], handlers: { list: {} } },
  'AWS::AppFabric::Ingestion': {
    primaryIdentifier: ['/properties/AppBundleArn', '/properties/Arn'],
    handlers: { list: { handlerSchema: { required: ['AppBundleArn'] } } },
  },
  'AWS::AppFabric::IngestionDestination': {
    primaryIdentifier: ['/properties/AppBundleArn', '/properties/IngestionArn', '/properties/Arn'],
    handlers: { list: { handlerSchema: { required: ['AppBundleArn', 'IngestionArn'] } } },
  },
  'AWS::DataZone::Environment': {
    primaryIdentifier: ['/properties/DomainId', '/properties/Id'],
    handlers: { list: { handlerSchema: { required: ['DomainIdentifier', 'ProjectIdentifier'] } } },
  },
  // Of an account, whatever the region.
  'AWS::CE::CostCategory': { primaryIdentifier: ['/properties/Arn'], handlers: { read: {}, list: {} } },
  'AWS::SQS::Queue': { primaryIdentifier: ['/properties/QueueUrl'], handlers: { list: {} } },
}

/** Resources by type and, below a parent, by what their list is given, each with its properties by its id. */
export type Holdings = Readonly<Record<string, Readonly<Record<string, object>>>>

const result = (operation: string, inside: string): string =>
  `<${operation}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${operation}Result>${inside}</${operation}Result></${operation}Response>`
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

class NotFound extends Error {
  override readonly name = 'ResourceNotFoundException'
}
class NoType extends Error {
  override readonly name = 'TypeNotFoundException'
}

/** Makes a proxy answer for CloudFormation's registry of types, and for Cloud Control, which moto both doesn't know. A list's pages hold two. */
export function standInForCloudControl(proxy: FaultProxy, holdings: Holdings): void {
  const names = Object.keys(schemas)
  proxy.standIns.set('cloudformation ListTypes', ({ ProvisioningType, NextToken }) => {
    const from = Number(NextToken ?? 0)
    const all = ProvisioningType === 'FULLY_MUTABLE' ? names : []
    const page = all.slice(from, from + 4).map((name) => `<member><TypeName>${name}</TypeName></member>`)
    const next = from + 4 < all.length ? `<NextToken>${from + 4}</NextToken>` : ''
    return result('ListTypes', `<TypeSummaries>${page.join('')}</TypeSummaries>${next}`)
  })
  proxy.standIns.set('cloudformation DescribeType', ({ TypeName }) => {
    const schema = JSON.stringify({ typeName: TypeName, properties: {}, ...schemas[String(TypeName)] })
    return result('DescribeType', `<Schema>${escaped(schema)}</Schema>`)
  })
  proxy.standIns.set('cloudcontrolapi ListResources', ({ TypeName, ResourceModel = '', NextToken }: JsonObject) => {
    if (schemas[String(TypeName)] === undefined) return new NoType('no such type')
    const held = holdings[`${TypeName}${ResourceModel}`]
    const from = Number(NextToken ?? 0)
    const ids = Object.keys(held ?? {})
    const page = ids.slice(from, from + 2).map((Identifier) => ({ Identifier, Properties: '{}' }))
    return {
      TypeName,
      ResourceDescriptions: page,
      ...(from + 2 < ids.length ? { NextToken: String(from + 2) } : {}),
    }
  })
  proxy.standIns.set('cloudcontrolapi GetResource', ({ TypeName, Identifier }) => {
    const held = Object.entries(holdings).find(
      ([name, all]) => name.startsWith(String(TypeName)) && Object.hasOwn(all, String(Identifier)),
    )
    const properties = held?.[1][String(Identifier)]
    if (properties === undefined) return new NotFound(`there is no ${Identifier}`)
    return { TypeName, ResourceDescription: { Identifier, Properties: JSON.stringify(properties) } }
  })
}
