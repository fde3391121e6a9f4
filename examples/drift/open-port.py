"""Opens a port behind Terraform's back, as somebody does in the console. Needs boto3, which moto brings."""

import boto3

ec2 = boto3.client("ec2", region_name="us-east-1")
(group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["web"]}])["SecurityGroups"]
ec2.authorize_security_group_ingress(
    GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
)
