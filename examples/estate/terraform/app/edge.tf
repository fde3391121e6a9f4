# How customers reach the shop.

resource "aws_lb" "shop" {
  name               = local.prefix
  load_balancer_type = "application"
  subnets            = local.public
  security_groups    = [local.network.security_group_ids.edge]
}

resource "aws_lb_target_group" "web" {
  name     = "${local.prefix}-web"
  port     = 8080
  protocol = "HTTP"
  vpc_id   = local.network.vpc_id

  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_target_group_attachment" "web" {
  count = var.web_machines.count

  target_group_arn = aws_lb_target_group.web.arn
  target_id        = module.service["web"].instance_ids[count.index]
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.shop.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}
