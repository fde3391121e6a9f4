# What changes in one region of an AWS account, as messages in a queue that vaino follows: EventBridge hands on every call that
# CloudTrail has recorded, was not refused and did not only read. Needs a trail that records management events.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "name" {
  description = "Of the queue, and of what belongs to it."
  type        = string
  default     = "vaino-events"
}

variable "reader_arns" {
  description = "Users and roles of other accounts that may read the queue. Those of its own account need the permissions that docs/aws.md lists."
  type        = list(string)
  default     = []
}

resource "aws_sqs_queue" "unread" {
  name                      = "${var.name}-unread"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "events" {
  name                       = var.name
  message_retention_seconds  = 345600
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true

  # A message that was received ten times and never removed: vaino itself removes what it can't read.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.unread.arn, maxReceiveCount = 10 })
}

resource "aws_cloudwatch_event_rule" "changes" {
  name        = var.name
  description = "API calls that changed something"
  event_pattern = jsonencode({
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      readOnly  = [false]
      errorCode = [{ exists = false }]
    }
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule = aws_cloudwatch_event_rule.changes.name
  arn  = aws_sqs_queue.events.arn
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "EventBridgeSends"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.changes.arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.reader_arns) > 0 ? [1] : []
    content {
      sid       = "VainoReads"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
      resources = [aws_sqs_queue.events.arn]
      principals {
        type        = "AWS"
        identifiers = var.reader_arns
      }
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.url
  policy    = data.aws_iam_policy_document.queue.json
}

output "queue_url" {
  description = "For `events: {queue: URL}` of the aws source."
  value       = aws_sqs_queue.events.url
}
