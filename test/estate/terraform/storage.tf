resource "aws_s3_bucket" "main" {
  for_each = toset(["assets", "logs", "backups"])

  bucket = "lumikki-${each.key}"
  tags   = { purpose = each.key }
}

resource "aws_s3_bucket" "us" {
  provider = aws.us

  bucket = "lumikki-replica"
}

resource "aws_s3_bucket" "plain" {
  provider = aws.plain

  bucket = "lumikki-plain"
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = aws_s3_bucket.main

  bucket = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each = aws_s3_bucket.main

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "assets" {
  bucket = aws_s3_bucket.main["assets"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid    = "Read", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }
    Action = ["s3:GetObject"], Resource = ["${aws_s3_bucket.main["assets"].arn}/*"]
  }] })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "assets" {
  bucket = aws_s3_bucket.main["assets"].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main["data"].arn
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "assets" {
  bucket = aws_s3_bucket.main["assets"].id
  cors_rule {
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = ["https://lumikki.example"]
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.main["logs"].id
  rule {
    id     = "expire"
    status = "Enabled"
    filter { prefix = "old/" }
    expiration { days = 90 }
  }
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.main["logs"].id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_logging" "assets" {
  bucket        = aws_s3_bucket.main["assets"].id
  target_bucket = aws_s3_bucket.main["logs"].id
  target_prefix = "assets/"

  depends_on = [aws_s3_bucket_acl.logs]
}

resource "aws_s3_bucket_acl" "logs" {
  bucket = aws_s3_bucket.main["logs"].id
  acl    = "log-delivery-write"

  depends_on = [aws_s3_bucket_ownership_controls.logs]
}

resource "aws_s3_object" "index" {
  for_each = toset(["index.html", "error.html"])

  bucket  = aws_s3_bucket.main["assets"].id
  key     = each.key
  content = "<p>${each.key}</p>"
}

resource "aws_dynamodb_table" "app" {
  for_each = toset(["orders", "carts"])

  name         = each.key
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "buyer"
    type = "S"
  }
  global_secondary_index {
    name            = "buyer"
    hash_key        = "buyer"
    projection_type = "ALL"
  }
  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table_item" "first" {
  table_name = aws_dynamodb_table.app["orders"].name
  hash_key   = "id"
  item       = jsonencode({ id = { S = "1" }, buyer = { S = "aino" } })
}

resource "aws_efs_file_system" "shared" {
  creation_token = "shared"
  encrypted      = true
}

resource "aws_efs_access_point" "shared" {
  file_system_id = aws_efs_file_system.shared.id

  posix_user {
    gid = 1000
    uid = 1000
  }
  root_directory {
    path = "/app"
  }
}

resource "aws_db_subnet_group" "main" {
  name       = "main"
  subnet_ids = [for subnet in aws_subnet.main : subnet.id]
}

resource "aws_db_parameter_group" "main" {
  name   = "main"
  family = "postgres16"
}

resource "aws_glue_catalog_database" "lake" {
  name = "lake"
}

resource "aws_glue_catalog_table" "events" {
  name          = "events"
  database_name = aws_glue_catalog_database.lake.name
  parameters    = { classification = "json" }

  storage_descriptor {
    location = "s3://lumikki-logs/events/"
    columns {
      name = "id"
      type = "string"
    }
    columns {
      name = "at"
      type = "timestamp"
    }
  }
}

resource "aws_athena_workgroup" "lake" {
  name = "lake"

  configuration {
    result_configuration {
      output_location = "s3://lumikki-logs/athena/"
    }
  }
}
