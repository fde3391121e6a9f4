import type { IncomingHttpHeaders } from 'node:http'

/** A call of AWS's API, as far as its request says what it is. */
export interface AwsRequest {
  readonly service: string
  readonly region: string
  /** `DescribeInstances`, or for the services that speak REST the method and the path: `GET /restapis/x`. */
  readonly operation: string
  readonly isMutating: boolean
  /** How the service writes its errors. */
  readonly protocol: 'ec2' | 'query' | 'json' | 'rest-xml' | 'rest-json'
}

const reading = /^(?:Describe|Get|List|Head|BatchGet|Lookup|Select|Query|Scan|Search|Check|Assume|Simulate|Validate)/

/** OpenSearch describes its domains in the answer to a POST. */
const readingPost = /\/opensearch\/domain-info$/

/** What a signed request asks for; the credential scope of its signature names service and region. */
export function awsRequestOf(method: string, url: string, headers: IncomingHttpHeaders, body: string): AwsRequest {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? []
  const target = headers['x-amz-target']
  if (typeof target === 'string') {
    const operation = target.slice(target.lastIndexOf('.') + 1)
    return { service, region, operation, isMutating: !reading.test(operation), protocol: 'json' }
  }
  const action = new URLSearchParams(body).get('Action')
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') && action !== null) {
    const protocol = service === 'ec2' ? 'ec2' : 'query'
    return { service, region, operation: action, isMutating: !reading.test(action), protocol }
  }
  return {
    service,
    region,
    operation: `${method} ${url.split('?')[0]}`,
    isMutating: method !== 'GET' && method !== 'HEAD' && !readingPost.test(url),
    protocol: service === 's3' || service === 'route53' ? 'rest-xml' : 'rest-json',
  }
}

export interface AwsError {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** An error as the service writes it: its headers and its body. */
export function errorAnswer({ protocol }: AwsRequest, { code, message }: AwsError): [Record<string, string>, string] {
  switch (protocol) {
    case 'json':
      return [{ 'content-type': 'application/x-amz-json-1.1' }, JSON.stringify({ __type: code, message })]
    case 'rest-json':
      return [{ 'content-type': 'application/json', 'x-amzn-errortype': code }, JSON.stringify({ message })]
    case 'ec2':
      return [
        { 'content-type': 'text/xml' },
        `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
      ]
    default: {
      const error = `<Error><Code>${code}</Code><Message>${message}</Message><Type>Sender</Type></Error>`
      return [
        { 'content-type': 'text/xml' },
        protocol === 'rest-xml' ? error : `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`,
      ]
    }
  }
}
