import { expect, test } from 'bun:test'
import { signedHeaders } from './aws-signature.ts'

const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
}

test('a request is signed as in the example of AWS', () => {
  const { authorization } = signedHeaders(
    {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      region: 'us-east-1',
      service: 'iam',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    },
    keys,
    new Date('2015-08-30T12:36:00Z'),
  )
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  )
})

test('an object of S3 is asked for as in the example of S3', () => {
  const { authorization } = signedHeaders(
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      region: 'us-east-1',
      service: 's3',
      headers: { range: 'bytes=0-9' },
    },
    {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      sessionToken: null,
    },
    new Date('2013-05-24T00:00:00Z'),
  )
  expect(authorization).toEndWith('Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
})

test('a session token is sent and signed', () => {
  const request = {
    method: 'GET',
    url: new URL('https://b.s3.amazonaws.com/k'),
    region: 'eu-west-1',
    service: 's3',
  } as const
  const headers = signedHeaders(request, { ...keys, sessionToken: 'token' }, new Date(0))
  expect(headers['x-amz-security-token']).toBe('token')
  expect(headers.authorization).toContain('x-amz-security-token')
})
