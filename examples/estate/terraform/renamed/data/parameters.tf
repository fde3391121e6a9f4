# What step 7 puts in the place of data/parameters.tf: the same group under another name.

resource "aws_db_parameter_group" "orders" {
  name   = "lumikki-orders"
  family = "postgres16"

  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }
}

moved {
  from = aws_db_parameter_group.main
  to   = aws_db_parameter_group.orders
}

locals {
  parameter_group = aws_db_parameter_group.orders.name
}
