terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# The keys are literals, so that no run of this example can ever reach a real account, whatever the environment holds.
# AWS_ENDPOINT_URL, which `make` sets, says where moto listens.
provider "aws" {
  region     = "eu-west-1"
  access_key = "example-only"
  secret_key = "example-only"

  allowed_account_ids         = ["111122223333"]
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  default_tags {
    tags = {
      company     = "lumikki-books"
      environment = terraform.workspace
      stack       = "app"
    }
  }
}
