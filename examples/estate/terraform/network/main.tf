# What everything else stands on: the VPC, who may talk to whom, the way in, and the names.

module "vpc" {
  source = "../modules/vpc"

  name    = "lumikki"
  cidr    = "10.20.0.0/16"
  subnets = merge(var.subnets, var.extra_subnets)
}

resource "aws_instance" "bastion" {
  ami                    = "ami-04681a1dbd79675a5"
  instance_type          = "t3.micro"
  subnet_id              = module.vpc.subnet_ids["public-a"]
  vpc_security_group_ids = [aws_security_group.bastion.id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  tags = { Name = "bastion", owner = var.bastion_owner }
}

resource "aws_eip" "bastion" {
  domain   = "vpc"
  instance = aws_instance.bastion.id
  tags     = { Name = "bastion" }
}

resource "aws_route53_zone" "public" {
  name = "lumikki-books.example"
}

resource "aws_route53_record" "alias" {
  for_each = merge(var.records, var.extra_records)

  zone_id = aws_route53_zone.public.zone_id
  name    = each.key
  type    = "CNAME"
  ttl     = 300
  records = [each.value]
}

resource "aws_route53_record" "bastion" {
  zone_id = aws_route53_zone.public.zone_id
  name    = "bastion"
  type    = "A"
  ttl     = 60
  records = [aws_eip.bastion.public_ip]
}
