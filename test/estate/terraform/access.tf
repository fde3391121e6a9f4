locals {
  trust = { for service in ["lambda", "ec2", "flow", "ecs"] : service => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = service == "flow" ? "vpc-flow-logs.amazonaws.com" : "${service}.amazonaws.com" }
    }]
  }) }
}

resource "aws_iam_role" "app" {
  for_each = local.trust

  name               = "app-${each.key}"
  assume_role_policy = each.value
  tags               = { service = each.key }
}

resource "aws_iam_role_policy" "app" {
  for_each = toset(["lambda", "ec2"])

  name = "inline"
  role = aws_iam_role.app[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::lumikki-assets/*"
  }] })
}

resource "aws_iam_policy" "read" {
  name = "read"
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource = "*" },
  ] })
}

resource "aws_iam_role_policy_attachment" "read" {
  for_each = toset(["lambda", "ecs"])

  role       = aws_iam_role.app[each.key].name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  role = aws_iam_role.app["ec2"].name
}

resource "aws_iam_user" "people" {
  for_each = toset(["aino", "eero", "veera"])

  name = each.key
  path = "/people/"
}

resource "aws_iam_group" "admins" {
  name = "admins"
}

resource "aws_iam_group_membership" "admins" {
  name  = "admins"
  group = aws_iam_group.admins.name
  users = [aws_iam_user.people["aino"].name, aws_iam_user.people["eero"].name]
}

resource "aws_iam_group_policy" "admins" {
  name   = "admins"
  group  = aws_iam_group.admins.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:List*", Resource = "*" }] })
}

resource "aws_iam_user_policy" "aino" {
  name   = "own"
  user   = aws_iam_user.people["aino"].name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:GetUser", Resource = "*" }] })
}

resource "aws_iam_access_key" "eero" {
  user = aws_iam_user.people["eero"].name
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://ci.lumikki.example"
  client_id_list  = ["sts.amazonaws.com", "deploy"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length = 14
  require_symbols         = true
}

resource "aws_kms_key" "main" {
  for_each = toset(["data", "logs"])

  description             = each.key
  deletion_window_in_days = 7
  enable_key_rotation     = true
}

resource "aws_kms_alias" "main" {
  for_each = aws_kms_key.main

  name          = "alias/${each.key}"
  target_key_id = each.value.key_id
}

resource "aws_kms_key" "us" {
  provider = aws.us

  description = "replica"
}

resource "aws_secretsmanager_secret" "app" {
  for_each = toset(["payments", "mailer"])

  name       = "app/${each.key}"
  kms_key_id = aws_kms_key.main["data"].arn
}

resource "aws_secretsmanager_secret_version" "app" {
  for_each = aws_secretsmanager_secret.app

  secret_id     = each.value.id
  secret_string = jsonencode({ user = each.key, password = var.password })
}

resource "aws_ssm_parameter" "app" {
  for_each = { "limits/orders" = "10", "limits/carts" = "20", "banner" = "hello" }

  name  = "/app/${each.key}"
  type  = "String"
  value = each.value
}

resource "aws_ssm_parameter" "token" {
  name  = "/app/token"
  type  = "SecureString"
  value = var.password
}

resource "aws_ssm_document" "restart" {
  name          = "restart"
  document_type = "Command"
  content = jsonencode({ schemaVersion = "2.2", description = "Restarts", mainSteps = [
    { action = "aws:runShellScript", name = "restart", inputs = { runCommand = ["systemctl restart app"] } },
  ] })
}

resource "aws_acm_certificate" "web" {
  domain_name               = "lumikki.example"
  subject_alternative_names = ["www.lumikki.example"]
  validation_method         = "DNS"
}

resource "aws_cognito_user_pool" "shop" {
  name = "shop"

  password_policy {
    minimum_length    = 12
    require_lowercase = true
    require_numbers   = true
    require_symbols   = false
    require_uppercase = true

    temporary_password_validity_days = 7
  }
}

resource "aws_cognito_user_pool_client" "shop" {
  name         = "web"
  user_pool_id = aws_cognito_user_pool.shop.id
}
