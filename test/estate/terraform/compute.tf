resource "aws_key_pair" "admin" {
  key_name   = "admin"
  public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQD3F6tyPEFEzV0LX3X8BsXdMsQz1x2cEikKDEY0aIj41qgxMCP/iteneqXSIFZBp5vizPvaoIR3Um9xK7PGoW8giupGn+EPuxIA4cDM4vzOqOkiMPhz5XK0whEjkVzTo4+S0puvDZuwIsdiW9mxhJc7tgBNL0cYlWSYVkz4G/fslNfRPW5mYAM49f4fhtxPb5ok4Q2Lg9dPKVHO/Bgeu5woMc7RY0p1ej6D4CKFE6lymSDJpW0YHX/wqE9+cfEauh7xZcG0q9t2ta6F6fmX0agvpFyZo8aFbXeUBr7osSCJNgvavWbM/06niWrOvYX2xwWdhXmXSrbX8ZbabVohBK41 example"
}

resource "aws_instance" "app" {
  count = 3

  ami                    = "ami-04681a1dbd79675a5"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.main["a"].id
  vpc_security_group_ids = [aws_security_group.web.id, aws_security_group.database.id]
  key_name               = aws_key_pair.admin.key_name
  user_data              = "#!/bin/sh\necho ${count.index}\n"

  root_block_device {
    volume_size = 10
    volume_type = "gp3"
  }
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  tags = { Name = "app-${count.index}" }
}

resource "aws_ebs_volume" "data" {
  count = 2

  availability_zone = "eu-west-1a"
  size              = 20
  type              = "gp3"
  encrypted         = true
  tags              = { Name = "data-${count.index}" }
}

# The volume appears in its instance's ebs_block_device as well, where nobody wrote it.
resource "aws_volume_attachment" "data" {
  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.data[0].id
  instance_id = aws_instance.app[0].id
}

resource "aws_network_interface" "extra" {
  subnet_id       = aws_subnet.main["b"].id
  security_groups = [aws_security_group.cache.id]
}

resource "aws_launch_template" "app" {
  provider = aws.plain

  name          = "app"
  image_id      = "ami-04681a1dbd79675a5"
  instance_type = "t3.small"

  block_device_mappings {
    device_name = "/dev/sda1"
    ebs {
      volume_size = 12
    }
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { from = "template" }
  }
}

resource "aws_autoscaling_group" "app" {
  name                      = "app"
  min_size                  = 0
  max_size                  = 4
  desired_capacity          = 0
  vpc_zone_identifier       = [aws_subnet.main["a"].id, aws_subnet.main["b"].id]
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.app.id
    version = "1"
  }
  tag {
    key                 = "team"
    value               = "web"
    propagate_at_launch = true
  }
}

resource "aws_lb_target_group" "app" {
  name     = "app"
  port     = 8080
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id

  health_check {
    path    = "/health"
    matcher = "200"
  }
}

resource "aws_lb" "app" {
  name               = "app"
  load_balancer_type = "application"
  internal           = true
  security_groups    = [aws_security_group.web.id]
  subnets            = [aws_subnet.main["a"].id, aws_subnet.main["b"].id]
}

resource "aws_lb_listener" "app" {
  load_balancer_arn = aws_lb.app.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }
}

resource "aws_lb_listener_rule" "app" {
  listener_arn = aws_lb_listener.app.arn
  priority     = 10

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }
  condition {
    path_pattern { values = ["/api/*"] }
  }
}

resource "aws_lambda_function" "app" {
  for_each = toset(["resize", "notify"])

  function_name = each.key
  role          = aws_iam_role.app["lambda"].arn
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  filename      = "function.zip"
  memory_size   = 128
  timeout       = 10

  environment {
    variables = { MODE = "live", TOKEN = var.password }
  }
  tags = { function = each.key }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.app["resize"].function_name
  function_version = "$LATEST"
}

resource "aws_lambda_permission" "topic" {
  statement_id  = "topic"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.app["notify"].function_name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.events["orders"].arn
}

resource "aws_lambda_event_source_mapping" "jobs" {
  function_name    = aws_lambda_function.app["resize"].arn
  event_source_arn = aws_sqs_queue.jobs[0].arn
  batch_size       = 5
}

resource "aws_ecs_cluster" "app" {
  name = "app"
}

resource "aws_ecs_task_definition" "app" {
  family = "app"
  cpu    = 256
  memory = 512

  container_definitions = jsonencode([
    { name = "app", image = "app:1", cpu = 128, memory = 256, essential = true, environment = [{ name = "MODE", value = "live" }] },
  ])
}

resource "aws_ecr_repository" "app" {
  count = 2

  name                 = "app-${count.index}"
  image_tag_mutability = "IMMUTABLE"
}

resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app[0].name
  policy = jsonencode({ rules = [{
    rulePriority = 1
    selection    = { tagStatus = "untagged", countType = "imageCountMoreThan", countNumber = 10 }
    action       = { type = "expire" }
  }] })
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app[0].name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "pull", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = ["ecr:BatchGetImage"]
  }] })
}
