# An estate that shows what providers do: many types, sets, nested blocks, siblings that own each other's attributes, two
# regions, and provider configurations with, without and with other default tags. It is applied to a stand-in for AWS; the
# keys are literals, so that no run can ever reach a real account. AWS_ENDPOINT_URL says where the stand-in listens.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "password" {
  type    = string
  default = "example-only-password"
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "example-only"
  secret_key                  = "example-only"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  default_tags {
    tags = {
      company = "lumikki"
      stack   = "estate"
    }
  }
}

provider "aws" {
  alias                       = "us"
  region                      = "us-east-1"
  access_key                  = "example-only"
  secret_key                  = "example-only"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  default_tags {
    tags = {
      company = "lumikki"
      replica = "yes"
    }
  }
}

provider "aws" {
  alias                       = "plain"
  region                      = "eu-west-1"
  access_key                  = "example-only"
  secret_key                  = "example-only"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
