import type { ToyFault } from './toy-cloud.ts'

type Answer = Pick<ToyFault, 'action' | 'summary' | 'detail'>
const error = (summary: string, detail: string): Answer => ({ action: 'error', summary, detail })

/** What real providers answer when a read is refused or fails, word for word as they say it, and what it means. */
export const providerErrors = {
  denied: {
    aws: error(
      'reading EC2 Instance (i-0abc): operation error EC2: DescribeInstances',
      'https response error StatusCode: 403, RequestID: 1c3e, api error UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/reader is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action',
    ),
    awsJson: error(
      'reading DynamoDB Table (orders)',
      'operation error DynamoDB: DescribeTable, https response error StatusCode: 400, RequestID: 7f, api error AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/reader/x is not authorized to perform: dynamodb:DescribeTable on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/orders',
    ),
    azure: error(
      'retrieving Resource Group "app": resources.GroupsClient#Get',
      "Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: Service returned an error. Status=403 Code=\"AuthorizationFailed\" Message=\"The client '3f' with object id '3f' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourcegroups/read'\"",
    ),
    google: error(
      'Error when reading or editing ComputeInstance "web"',
      "googleapi: Error 403: Required 'compute.instances.get' permission for 'projects/acme/zones/europe-west1-b/instances/web', forbidden",
    ),
    kubernetes: error(
      'Unauthorized to read',
      'configmaps "app" is forbidden: User "reader" cannot get resource "configmaps" in API group "" in the namespace "default"',
    ),
  },
  throttled: {
    aws: error(
      'reading IAM Role (app): operation error IAM: GetRole',
      'exceeded maximum number of attempts, 25, https response error StatusCode: 400, RequestID: 9b, api error Throttling: Rate exceeded',
    ),
    azure: error(
      'retrieving Key Vault',
      'StatusCode=429 -- Original Error: Code="TooManyRequests" Message="The request was throttled."',
    ),
    google: error(
      'Error when reading or editing Address "ip"',
      "googleapi: Error 403: Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'compute.googleapis.com', rateLimitExceeded",
    ),
    github: error(
      'GET https://api.github.com/repos/acme/app',
      '403 API rate limit exceeded for user ID 1. [rate reset in 12m1s]',
    ),
  },
  expired: {
    aws: error(
      'reading S3 Bucket (logs)',
      'operation error S3: HeadBucket, https response error StatusCode: 400, api error ExpiredToken: The provided token has expired.',
    ),
    azure: error(
      'building account',
      'could not acquire access token: AADSTS700082: The refresh token has expired due to inactivity.',
    ),
    google: error(
      'Error when reading or editing StorageBucket "logs"',
      'oauth2: "invalid_grant" "Token has been expired or revoked."',
    ),
  },
} as const satisfies Record<string, Record<string, Answer>>
