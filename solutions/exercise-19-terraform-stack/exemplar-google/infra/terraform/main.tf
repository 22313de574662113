terraform {
  required_version = "~> 1.12"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  backend "gcs" {
    bucket = "kestrel-terraform-state"
  }
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = {
    project    = "churn"
    env        = var.environment
    owner      = var.owner
    data-class = "customer"
  }
}

resource "google_storage_bucket" "churn" {
  for_each = { data = "customers", models = "models" }

  name                        = "${var.project}-${var.environment}-${each.value}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "churn-${var.environment}"
  location      = var.region
  format        = "DOCKER"

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  cleanup_policies {
    id     = "untagged"
    action = "DELETE"

    condition {
      tag_state  = "UNTAGGED"
      older_than = "${30 * 24 * 3600}s"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_project_service" "scanning" {
  service = "containerscanning.googleapis.com"
}

resource "google_secret_manager_secret" "mlflow" {
  secret_id = "mlflow-db-${var.environment}"

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "mlflow" {
  secret                 = google_secret_manager_secret.mlflow.id
  secret_data_wo         = var.mlflow_db_password
  secret_data_wo_version = 1
}
