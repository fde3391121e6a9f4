# A function that runs every night. `make` builds the archive.

data "aws_iam_policy_document" "thumbnails" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "thumbnails" {
  name               = "${local.prefix}-thumbnails"
  assume_role_policy = data.aws_iam_policy_document.thumbnails.json
}

resource "aws_lambda_function" "thumbnails" {
  count = var.thumbnails ? 1 : 0

  function_name    = "${local.prefix}-thumbnails"
  role             = aws_iam_role.thumbnails.arn
  runtime          = "python3.12"
  handler          = "thumbnails.handler"
  filename         = "thumbnails.zip"
  source_code_hash = filebase64sha256("thumbnails.zip")
  memory_size      = var.thumbnail_memory_mb
  timeout          = 60

  environment {
    variables = { BUCKET = "lumikki-${local.prefix}-assets" }
  }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  count = var.thumbnails ? 1 : 0

  name                = "${local.prefix}-nightly"
  schedule_expression = "cron(15 2 * * ? *)"
}

resource "aws_cloudwatch_event_target" "thumbnails" {
  count = var.thumbnails ? 1 : 0

  rule = aws_cloudwatch_event_rule.nightly[0].name
  arn  = aws_lambda_function.thumbnails[0].arn
}

resource "aws_lambda_permission" "nightly" {
  count = var.thumbnails ? 1 : 0

  statement_id  = "nightly"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.thumbnails[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.nightly[0].arn
}
