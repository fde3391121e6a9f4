# In a file of its own, because step 7 replaces it by one that renames the group.

resource "aws_db_parameter_group" "main" {
  name   = "lumikki-orders"
  family = "postgres16"

  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }
}

locals {
  parameter_group = aws_db_parameter_group.main.name
}
