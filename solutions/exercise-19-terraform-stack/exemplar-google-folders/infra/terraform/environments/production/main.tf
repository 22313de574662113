terraform {
  required_version = ">= 1.10.0, < 2.0.0"

  backend "gcs" {
    bucket = "kestrel-churn-production-state"
    prefix = "platform"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0.0, < 8.0.0"
    }
  }
}

provider "google" {
  project = var.project_id
  region  = var.location
}

module "platform" {
  source = "../../modules/platform"

  project_id         = var.project_id
  environment        = "production"
  location           = var.location
  owner              = var.owner
  mlflow_db_password = var.mlflow_db_password
}
