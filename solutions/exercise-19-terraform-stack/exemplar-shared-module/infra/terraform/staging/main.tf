terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.14.1"
    }
  }

  backend "s3" {
    bucket         = "kestrel-terraform-state"
    key            = "churn/staging/platform.tfstate"
    region         = "eu-central-1"
    encrypt        = true
    dynamodb_table = "kestrel-terraform-locks"
  }
}

provider "aws" {
  region = "eu-central-1"
}

module "platform" {
  source = "../modules/platform"

  environment        = "staging"
  owner              = "team-churn"
  mlflow_db_password = var.mlflow_db_password
}

variable "mlflow_db_password" {
  type        = string
  description = "Given by the pipeline from its own store, never from a file"
  sensitive   = true
}

output "image_registry" {
  description = "What the pipeline of this stage pushes to"
  value       = module.platform.image_registry
}
