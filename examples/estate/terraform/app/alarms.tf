# Who is told when something is wrong.

resource "aws_sns_topic" "alarms" {
  name = "${local.prefix}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "on-call@lumikki-books.example"
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = {
    "dead letters" = { space = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", threshold = 0, by = { QueueName = aws_sqs_queue.dead_letter.name } }
    "errors (5xx)" = { space = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", threshold = 10, by = { LoadBalancer = aws_lb.shop.arn_suffix } }
  }

  alarm_name          = "${local.prefix}: ${each.key}"
  namespace           = each.value.space
  metric_name         = each.value.metric
  dimensions          = each.value.by
  threshold           = each.value.threshold
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  period              = 300
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
