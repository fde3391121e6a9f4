# The database of orders, the secrets, and where the backups go. The secrets are made up; they are here so that a state
# holds some, as real ones do.

data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "../network/terraform.tfstate" }
}

locals {
  network = data.terraform_remote_state.network.outputs
}

resource "aws_kms_key" "data" {
  description             = "Databases and secrets"
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "data" {
  name          = "alias/lumikki-data"
  target_key_id = aws_kms_key.data.id
}

resource "aws_db_subnet_group" "orders" {
  name       = "lumikki-orders"
  subnet_ids = [local.network.subnet_ids["private-a"], local.network.subnet_ids["private-b"]]
}

resource "aws_db_instance" "orders" {
  identifier             = "lumikki-orders"
  engine                 = "postgres"
  engine_version         = "16.4"
  instance_class         = "db.t4g.medium"
  allocated_storage      = 50
  storage_type           = "gp3"
  db_name                = "orders"
  username               = "orders"
  password               = var.orders_password
  parameter_group_name   = local.parameter_group
  db_subnet_group_name   = aws_db_subnet_group.orders.name
  vpc_security_group_ids = [local.network.security_group_ids.database]

  backup_retention_period = var.backup_days
  skip_final_snapshot     = true
  apply_immediately       = true
}

resource "aws_secretsmanager_secret" "this" {
  for_each = toset(["payments", "mailer"])

  name       = "lumikki/${each.key}"
  kms_key_id = aws_kms_key.data.arn
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each = aws_secretsmanager_secret.this

  secret_id     = each.value.id
  secret_string = jsonencode({ user = each.key, password = "example-only-${each.key}-password" })
}

resource "aws_ssm_parameter" "token" {
  for_each = nonsensitive(toset(keys(merge(var.api_tokens, var.extra_api_tokens))))

  name   = "/lumikki/${each.key}"
  type   = "SecureString"
  key_id = aws_kms_key.data.id
  value  = merge(var.api_tokens, var.extra_api_tokens)[each.key]
}

module "backups" {
  source = "../modules/bucket"

  name    = "lumikki-backups"
  readers = ["arn:aws:iam::111122223333:root"]
}

output "orders_url" {
  sensitive = true
  value     = "postgres://orders:${var.orders_password}@${aws_db_instance.orders.endpoint}/orders"
}
