# Instances of each type of our providers: a class of each kind, each nesting, and what JSON can't hold.

terraform {
  required_providers {
    toy  = { source = "vaino.test/vaino/toy" }
    toy5 = { source = "vaino.test/vaino/toy5" }
    time = { source = "hashicorp/time" }
  }
}

variable "cloud" { type = string }
variable "other_cloud" { type = string }
variable "password" { type = string }

provider "toy" {
  cloud = var.cloud
}

provider "toy" {
  alias = "other"
  cloud = var.other_cloud
}

provider "toy5" {
  cloud = var.cloud
}

resource "toy_server" "web" {
  count = 2

  name     = "web-${count.index}"
  image    = "debian-13"
  tags     = { team = "web", "cost center" = "4711" }
  groups   = ["b", "a", "c"]
  commands = ["start", "serve"]
  password = var.password

  network = { subnet = "10.0.0.0/24" }
  listeners = [
    { port = 443, protocol = "tcp" },
    { port = 80 },
  ]
  routes = { "0.0.0.0/0" = { to = "gateway" } }

  rule {
    port        = 22
    cidr_blocks = ["10.0.0.0/8", "192.168.0.0/16"]
    description = "from inside"
  }
  rule {
    port        = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
  disk {
    device = "sda"
    key    = "disk-${var.password}"
  }
  disk {
    device = "sdb"
    size   = 100
  }
  placement {
    zone = "a"
  }
}

# The least that the provider accepts: whatever else it shows is the cloud's own choice.
resource "toy_server" "bare" {
  name  = "bare"
  image = "debian-13"
}

resource "toy_server" "other" {
  provider = toy.other

  name  = "web-0"
  image = "alpine-3"
}

resource "toy_document" "typed" {
  name    = "typed"
  serial  = 123456789012345678901234567890
  content = { kind = "List", items = [1, "two", { three = null }], nested = { on = true } }
  policy  = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["a:b", "c:d"] }] })
}

resource "toy_document" "text" {
  name    = "text"
  serial  = 0.1
  content = "only a text"
}

resource "toy_secret" "token" {
  name    = "token"
  value   = var.password
  version = 1
  address = "postgres://app:${var.password}@db.internal/app"
}

resource "toy_sensor" "heat" {
  for_each = toset(["hall", "cellar/1"])

  name = each.key
  unit = "C"
}

resource "toy_bucket" "logs" {
  name       = "logs"
  region     = "north"
  versioning = true
}

resource "toy_device" "scale" {
  name = "scale"
  mode = "kg"
}

resource "toy5_queue" "jobs" {
  name     = "jobs"
  delay    = 5
  password = var.password
  tags     = { team = "jobs" }
  zones    = ["b", "a"]
  redrive {
    target = "dead"
    after  = 3
  }
}

resource "toy5_queue" "bare" {
  name = "bare"
}

resource "toy5_bucket" "logs" {
  name   = "logs"
  region = "south"
}

resource "toy5_document" "typed" {
  name    = "typed"
  content = [true, { a = 1 }]
}

# A provider that reads nothing.
resource "time_static" "made" {}

resource "terraform_data" "builtin" {
  input = "has no provider on the disk"
}
