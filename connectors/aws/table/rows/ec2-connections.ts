import type { JsonObject } from '../../../../model/json.ts'
import type { Row } from '../row.ts'
import { ec2Arn, oneOfEc2, pagedEc2 } from './row-parts.ts'

const isDeleted = ({ State }: JsonObject): boolean => /^delet(?:ed|ing)$/i.test(String(State))

/** How a peering connection is: those that came to nothing are listed for a while. */
const codeOf = ({ Status }: JsonObject): string => String((Status as JsonObject | undefined)?.Code)

export const ec2ConnectionRows: readonly Row[] = [
  {
    type: 'aws_vpc_endpoint',
    one: oneOfEc2('VpcEndpointIds', ['InvalidVpcEndpointId.NotFound'], ['DeleteVpcEndpoints']),
    list: pagedEc2('DescribeVpcEndpoints'),
    items: 'VpcEndpoints',
    skip: isDeleted,
    id: '{VpcEndpointId}',
    arn: ec2Arn('vpc-endpoint', 'VpcEndpointId'),
    metadata: ['CreationTimestamp', 'FailureReason', 'LastError', 'State'],
    ambient: ({ RequesterManaged }) => (RequesterManaged === true ? 'child' : null),
  },
  {
    type: 'aws_vpc_peering_connection',
    one: oneOfEc2(
      'VpcPeeringConnectionIds',
      ['InvalidVpcPeeringConnectionID.NotFound'],
      ['DeleteVpcPeeringConnection'],
    ),
    list: pagedEc2('DescribeVpcPeeringConnections'),
    items: 'VpcPeeringConnections',
    skip: (item) => /^(?:deleted|deleting|rejected|expired|failed)$/.test(codeOf(item)),
    id: '{VpcPeeringConnectionId}',
    arn: ec2Arn('vpc-peering-connection', 'VpcPeeringConnectionId'),
    metadata: ['ExpirationTime', 'Status.Message'],
  },
  {
    type: 'aws_ec2_transit_gateway',
    one: oneOfEc2('TransitGatewayIds', ['InvalidTransitGatewayID.NotFound'], ['DeleteTransitGateway']),
    list: pagedEc2('DescribeTransitGateways'),
    items: 'TransitGateways',
    skip: isDeleted,
    id: '{TransitGatewayId}',
    arn: '{TransitGatewayArn}',
    metadata: ['State'],
  },
  {
    type: 'aws_ec2_transit_gateway_vpc_attachment',
    list: pagedEc2('DescribeTransitGatewayVpcAttachments'),
    items: 'TransitGatewayVpcAttachments',
    skip: isDeleted,
    id: '{TransitGatewayAttachmentId}',
    arn: ec2Arn('transit-gateway-attachment', 'TransitGatewayAttachmentId'),
    metadata: ['State'],
  },
  {
    type: 'aws_ec2_transit_gateway_route_table',
    list: pagedEc2('DescribeTransitGatewayRouteTables'),
    items: 'TransitGatewayRouteTables',
    skip: isDeleted,
    id: '{TransitGatewayRouteTableId}',
    arn: ec2Arn('transit-gateway-route-table', 'TransitGatewayRouteTableId'),
    metadata: ['State'],
    // The first one comes with its gateway.
    ambient: ({ DefaultAssociationRouteTable }) => (DefaultAssociationRouteTable === true ? 'default' : null),
  },
  {
    type: 'aws_flow_log',
    one: oneOfEc2('FlowLogIds', ['InvalidFlowLogId.NotFound'], ['DeleteFlowLogs']),
    list: pagedEc2('DescribeFlowLogs'),
    items: 'FlowLogs',
    id: '{FlowLogId}',
    arn: ec2Arn('vpc-flow-log', 'FlowLogId'),
    metadata: ['DeliverLogsErrorMessage', 'DeliverLogsStatus'],
  },
]
