# `edge` holds its rules inline. The other groups have a resource for each rule, as the provider advises: a rule that
# somebody adds by hand is then outside of what Terraform manages, and stays until somebody removes it.

resource "aws_security_group" "edge" {
  name        = "edge"
  description = "Load balancers"
  vpc_id      = module.vpc.id

  dynamic "ingress" {
    for_each = { http = 80, https = 443 }
    content {
      description = ingress.key
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  egress {
    description = "to anywhere"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = { Name = "edge" }
}

resource "aws_security_group" "bastion" {
  name        = "bastion"
  description = "The way in for people"
  vpc_id      = module.vpc.id
  tags        = { Name = "bastion" }
}

resource "aws_security_group" "app" {
  name        = "app"
  description = "Services"
  vpc_id      = module.vpc.id
  tags        = { Name = "app" }
}

resource "aws_security_group" "database" {
  name        = "database"
  description = "Databases"
  vpc_id      = module.vpc.id
  tags        = { Name = "database" }
}

resource "aws_vpc_security_group_ingress_rule" "bastion" {
  for_each = {
    "office Helsinki" = "198.51.100.0/28"
    "office Turku"    = "203.0.113.16/28"
  }

  security_group_id = aws_security_group.bastion.id
  description       = each.key
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}

resource "aws_vpc_security_group_ingress_rule" "app" {
  for_each = {
    "from edge"    = { group = aws_security_group.edge.id, port = 8080 }
    "from bastion" = { group = aws_security_group.bastion.id, port = 22 }
  }

  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = each.value.group
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "anywhere" {
  count = 2

  security_group_id = [aws_security_group.bastion.id, aws_security_group.app.id][count.index]
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
