# The shop, once for each workspace: staging and prod.

data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "../network/terraform.tfstate" }
}

locals {
  network = data.terraform_remote_state.network.outputs
  prefix  = "shop-${terraform.workspace}"
  private = [local.network.subnet_ids["private-a"], local.network.subnet_ids["private-b"]]
  public  = [local.network.subnet_ids["public-a"], local.network.subnet_ids["public-b"]]
}

module "service" {
  source = "../modules/service"
  for_each = {
    web    = { machines = var.web_machines, policy = data.aws_iam_policy_document.web.json }
    worker = { machines = { count = 1, type = "t3.small" }, policy = data.aws_iam_policy_document.worker.json }
  }

  name              = "${local.prefix}-${each.key}"
  machines          = each.value.machines
  policy            = each.value.policy
  subnet_ids        = local.private
  security_group_id = local.network.security_group_ids.app
}

data "aws_iam_policy_document" "web" {
  statement {
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/${local.prefix}-*"]
  }

  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["arn:aws:sqs:eu-west-1:111122223333:${local.prefix}-jobs-*"]
  }
}

data "aws_iam_policy_document" "worker" {
  statement {
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = ["arn:aws:sqs:eu-west-1:111122223333:${local.prefix}-jobs-*"]
  }
}

module "bucket" {
  source   = "../modules/bucket"
  for_each = var.buckets

  name    = "lumikki-${local.prefix}-${each.key}"
  readers = [module.service["web"].role_arn]
}

resource "aws_dynamodb_table" "this" {
  for_each = var.tables

  name         = "${local.prefix}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_sqs_queue" "jobs" {
  count = var.job_queues

  name                       = "${local.prefix}-jobs-${count.index}"
  visibility_timeout_seconds = var.job_timeout_s

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = "${local.prefix}-dead-letter"
  message_retention_seconds = 1209600
}
