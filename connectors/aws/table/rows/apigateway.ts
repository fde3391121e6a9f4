import { isObject, type JsonObject } from '../../../../model/json.ts'
import type { Items, Listing, Row } from '../row.ts'
import { textOf } from './row-parts.ts'

const restApis: Listing = {
  service: 'apigateway',
  operation: 'GetRestApis',
  input: { limit: 500 },
  next: { position: 'position' },
}
const parents: Items = { list: restApis, items: 'items', mayBeAbsent: true }

/** A listing of what a REST API has; one of none has no member for it. */
const ofApis = (operation: string, input: JsonObject = { limit: 500 }): Listing => ({
  service: 'apigateway',
  operation,
  input: { restApiId: '{$parent.id}', ...input },
  ...(input.limit === undefined ? {} : { next: { position: 'position' } }),
  parents,
  // Deleted since it was listed.
  absent: ['NotFoundException'],
})

const resources = ofApis('GetResources', { limit: 500, embed: ['methods'] })
const apiOf = ({ $parent }: JsonObject): string => textOf($parent as JsonObject, 'id')

/** The methods of a resource, each beside the resource's id. */
const methodsOf = (resource: JsonObject): JsonObject[] => {
  const { id = null, resourceMethods = {}, $parent = null } = resource
  if (!isObject(resourceMethods)) return []
  return Object.entries(resourceMethods).map(([httpMethod, method]) => ({
    ...(isObject(method) ? method : {}),
    $parent,
    httpMethod,
    resourceId: id,
  }))
}

const idOf = (prefix: string, item: JsonObject): string =>
  [prefix, apiOf(item), textOf(item, 'resourceId'), textOf(item, 'httpMethod')].join('-')

/** The integration of each method that has one, as Terraform splits them. */
const integrationsOf = (resource: JsonObject): JsonObject[] =>
  methodsOf(resource).flatMap(({ methodIntegration, $parent = null, httpMethod = null, resourceId = null }) =>
    methodIntegration !== undefined && isObject(methodIntegration)
      ? [
          {
            ...methodIntegration,
            $parent,
            integrationMethod: methodIntegration.httpMethod ?? null,
            httpMethod,
            resourceId,
          },
        ]
      : [],
  )

const v2Apis: Listing = {
  service: 'apigatewayv2',
  operation: 'GetApis',
  input: { MaxResults: '500' },
  next: { NextToken: 'NextToken' },
}

const ofV2 = (operation: string): Listing => ({
  service: 'apigatewayv2',
  operation,
  input: { ApiId: '{$parent.ApiId}', MaxResults: '500' },
  next: { NextToken: 'NextToken' },
  parents: { list: v2Apis, items: 'Items' },
  absent: ['NotFoundException'],
})

export const apigatewayRows: readonly Row[] = [
  {
    type: 'aws_api_gateway_rest_api',
    list: restApis,
    items: 'items',
    mayBeAbsent: true,
    id: '{id}',
    arn: 'arn:{$partition}:apigateway:{$region}::/restapis/{id}',
    name: '{name}',
    tags: 'tags',
    metadata: ['apiStatus', 'apiStatusMessage', 'warnings'],
  },
  {
    type: 'aws_api_gateway_resource',
    list: resources,
    items: 'items',
    mayBeAbsent: true,
    id: '{id}',
    name: '{path}',
    // Its methods are things of their own.
    metadata: ['resourceMethods'],
    // The first one comes with its API.
    ambient: ({ path }) => (path === '/' ? 'child' : null),
  },
  {
    type: 'aws_api_gateway_method',
    list: resources,
    items: 'items',
    mayBeAbsent: true,
    split: methodsOf,
    id: (item) => idOf('agm', item),
    metadata: ['methodIntegration'],
  },
  {
    type: 'aws_api_gateway_integration',
    list: resources,
    items: 'items',
    mayBeAbsent: true,
    split: integrationsOf,
    id: (item) => idOf('agi', item),
  },
  {
    type: 'aws_api_gateway_stage',
    list: ofApis('GetStages', {}),
    items: 'item',
    mayBeAbsent: true,
    id: (item) => `ags-${apiOf(item)}-${textOf(item, 'stageName')}`,
    arn: 'arn:{$partition}:apigateway:{$region}::/restapis/{$parent.id}/stages/{stageName}',
    name: '{stageName}',
    tags: 'tags',
    metadata: ['cacheClusterStatus', 'lastUpdatedDate'],
  },
  {
    type: 'aws_api_gateway_authorizer',
    list: ofApis('GetAuthorizers'),
    items: 'items',
    mayBeAbsent: true,
    id: '{id}',
    name: '{name}',
  },
  {
    type: 'aws_api_gateway_deployment',
    list: ofApis('GetDeployments'),
    items: 'items',
    mayBeAbsent: true,
    id: '{id}',
  },
  {
    type: 'aws_apigatewayv2_api',
    list: v2Apis,
    items: 'Items',
    id: '{ApiId}',
    arn: 'arn:{$partition}:apigateway:{$region}::/apis/{ApiId}',
    name: '{Name}',
    metadata: ['Warnings'],
  },
  { type: 'aws_apigatewayv2_route', list: ofV2('GetRoutes'), items: 'Items', id: '{RouteId}', name: '{RouteKey}' },
  { type: 'aws_apigatewayv2_integration', list: ofV2('GetIntegrations'), items: 'Items', id: '{IntegrationId}' },
  {
    type: 'aws_apigatewayv2_stage',
    list: ofV2('GetStages'),
    items: 'Items',
    id: '{$parent.ApiId}/{StageName}',
    idInState: '{api_id}/{name}',
    arn: 'arn:{$partition}:apigateway:{$region}::/apis/{$parent.ApiId}/stages/{StageName}',
    name: '{StageName}',
    metadata: ['DeploymentId', 'LastDeploymentStatusMessage', 'LastUpdatedDate'],
  },
]
