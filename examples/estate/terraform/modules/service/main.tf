# A service: what it may do, where it logs, and the machines that it runs on.

variable "name" {
  type = string
}

variable "machines" {
  type = object({ count = number, type = string })
}

variable "subnet_ids" {
  type = list(string)
}

variable "security_group_id" {
  type = string
}

variable "policy" {
  description = "What the service may do, as an IAM policy."
  type        = string
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "this" {
  name   = "service"
  role   = aws_iam_role.this.id
  policy = var.policy
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = aws_iam_role.this.name
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/lumikki/${var.name}"
  retention_in_days = 14
}

resource "aws_instance" "this" {
  count = var.machines.count

  ami                    = "ami-04681a1dbd79675a5"
  instance_type          = var.machines.type
  subnet_id              = var.subnet_ids[count.index % length(var.subnet_ids)]
  vpc_security_group_ids = [var.security_group_id]
  iam_instance_profile   = aws_iam_instance_profile.this.name

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  tags = { Name = "${var.name}-${count.index + 1}" }
}

output "instance_ids" {
  value = aws_instance.this[*].id
}

output "role_arn" {
  value = aws_iam_role.this.arn
}
