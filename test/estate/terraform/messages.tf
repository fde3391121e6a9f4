resource "aws_sqs_queue" "dead" {
  name                      = "dead"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "jobs" {
  count = 4

  name                       = "jobs-${count.index}"
  visibility_timeout_seconds = 60
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue" "events" {
  name = "events"
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid      = "send", Effect = "Allow", Principal = { Service = "sns.amazonaws.com" }, Action = "sqs:SendMessage"
    Resource = aws_sqs_queue.events.arn
  }] })
}

resource "aws_sqs_queue" "us" {
  provider = aws.us
  count    = 2

  name = "replica-${count.index}"
}

resource "aws_sqs_queue" "plain" {
  provider = aws.plain

  name = "plain"
  tags = { own = "tag" }
}

resource "aws_sns_topic" "events" {
  for_each = toset(["orders", "carts"])

  name         = each.key
  display_name = each.key
}

resource "aws_sns_topic" "us" {
  provider = aws.us

  name = "replica"
}

resource "aws_sns_topic_subscription" "events" {
  topic_arn            = aws_sns_topic.events["orders"].arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.events.arn
  raw_message_delivery = true
}

resource "aws_sns_topic_policy" "orders" {
  arn = aws_sns_topic.events["orders"].arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid      = "publish", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = "sns:Publish"
    Resource = aws_sns_topic.events["orders"].arn
  }] })
}

resource "aws_cloudwatch_log_group" "app" {
  for_each = toset(["web", "worker", "flow"])

  name              = "/app/${each.key}"
  retention_in_days = 14
}

resource "aws_cloudwatch_log_group" "us" {
  provider = aws.us

  name              = "/app/replica"
  retention_in_days = 30
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = "ERROR"
  log_group_name = aws_cloudwatch_log_group.app["web"].name

  metric_transformation {
    name      = "errors"
    namespace = "app"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = { few = 1, many = 100 }

  alarm_name          = "errors-${each.key}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "errors"
  namespace           = "app"
  period              = 60
  statistic           = "Sum"
  threshold           = each.value
}

resource "aws_cloudwatch_dashboard" "app" {
  dashboard_name = "app"
  dashboard_body = jsonencode({ widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = "app" } }] })
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = aws_lambda_function.app["resize"].arn
}

resource "aws_kinesis_stream" "clicks" {
  provider = aws.plain

  name        = "clicks"
  shard_count = 1
}

resource "aws_scheduler_schedule_group" "app" {
  name = "app"
}

resource "aws_route53_zone" "public" {
  name = "lumikki.example"
}

resource "aws_route53_record" "public" {
  for_each = { www = "web.lumikki.example", shop = "web.lumikki.example" }

  zone_id = aws_route53_zone.public.zone_id
  name    = each.key
  type    = "CNAME"
  ttl     = 300
  records = [each.value]
}

resource "aws_route53_health_check" "web" {
  fqdn              = "lumikki.example"
  port              = 443
  type              = "HTTPS"
  failure_threshold = 3
  request_interval  = 30
}

resource "aws_api_gateway_rest_api" "shop" {
  name = "shop"
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  parent_id   = aws_api_gateway_rest_api.shop.root_resource_id
  path_part   = "orders"
}

resource "aws_api_gateway_method" "orders" {
  rest_api_id   = aws_api_gateway_rest_api.shop.id
  resource_id   = aws_api_gateway_resource.orders.id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "orders" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  resource_id = aws_api_gateway_resource.orders.id
  http_method = aws_api_gateway_method.orders.http_method
  type        = "MOCK"
}
