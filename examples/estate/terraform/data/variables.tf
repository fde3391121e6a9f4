variable "backup_days" {
  description = "How long the database keeps its daily backups."
  type        = number
  default     = 7
}

variable "api_tokens" {
  description = "Tokens of other companies' services, by the path of their parameter. Every value is made up."
  type        = map(string)
  sensitive   = true
  default = {
    "search/token"   = "example-only-search-token"
    "shipping/token" = "example-only-shipping-token"
    "tax/token"      = "example-only-tax-token"
  }
}

variable "extra_api_tokens" {
  type      = map(string)
  sensitive = true
  default   = {}
}

variable "orders_password" {
  type      = string
  sensitive = true
  default   = "example-only-orders-password"
}
