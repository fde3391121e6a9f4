variable "subnets" {
  type = map(object({ cidr = string, zone = string, tier = string }))
  default = {
    "public-a"  = { cidr = "10.20.0.0/24", zone = "eu-west-1a", tier = "public" }
    "public-b"  = { cidr = "10.20.1.0/24", zone = "eu-west-1b", tier = "public" }
    "private-a" = { cidr = "10.20.10.0/24", zone = "eu-west-1a", tier = "private" }
    "private-b" = { cidr = "10.20.11.0/24", zone = "eu-west-1b", tier = "private" }
  }
}

variable "extra_subnets" {
  description = "Subnets beside the usual ones."
  type        = map(object({ cidr = string, zone = string, tier = string }))
  default     = {}
}

variable "records" {
  description = "Names in the public zone, and where each points to."
  type        = map(string)
  default = {
    "www"  = "shop.lumikki-books.example"
    "api"  = "edge.lumikki-books.example"
    "mail" = "mx.mail.example"
  }
}

variable "extra_records" {
  type    = map(string)
  default = {}
}

variable "bastion_owner" {
  type    = string
  default = "platform"
}
