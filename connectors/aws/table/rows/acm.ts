import type { Row } from '../row.ts'
import { detail, isSet } from './row-parts.ts'

/** Without this only those with RSA keys of 2048 bits are listed. */
const keyTypes = ['RSA_1024', 'RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1']

export const acmRows: readonly Row[] = [
  {
    type: 'aws_acm_certificate',
    list: {
      service: 'acm',
      operation: 'ListCertificates',
      input: { Includes: { keyTypes }, MaxItems: 1000 },
      next: { NextToken: 'NextToken' },
    },
    items: 'CertificateSummaryList',
    // The listing's short form says less than the description.
    keep: ['CertificateArn'],
    details: [
      detail('DescribeCertificate', { CertificateArn: '{CertificateArn}' }, 'Certificate'),
      {
        ...detail('ListTagsForCertificate', { CertificateArn: '{CertificateArn}' }, 'Tags', 'Tags'),
        mayBeAbsent: true,
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{CertificateArn}',
    arn: '{CertificateArn}',
    name: '{DomainName}',
    metadata: ['InUseBy', 'RenewalSummary', 'UpdateSummary'],
    ambient: ({ ManagedBy }) => (isSet(ManagedBy) ? 'child' : null),
  },
]
