output "vpc_id" {
  value = module.vpc.id
}

output "subnet_ids" {
  value = module.vpc.subnet_ids
}

output "security_group_ids" {
  value = {
    edge     = aws_security_group.edge.id
    app      = aws_security_group.app.id
    database = aws_security_group.database.id
  }
}
