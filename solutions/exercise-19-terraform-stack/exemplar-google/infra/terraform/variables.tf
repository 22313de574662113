variable "environment" {
  type        = string
  description = "Name of the stage, staging or production"

  validation {
    condition     = var.environment == "staging" || var.environment == "production"
    error_message = "Only staging and production exist."
  }
}

variable "project" {
  type        = string
  description = "Google Cloud project that holds everything"
}

variable "region" {
  type        = string
  description = "Place of buckets and registry"
}

variable "owner" {
  type        = string
  description = "Team behind the churn model, as a label"
}

variable "mlflow_db_password" {
  type        = string
  description = "Login of the tracking database; only the secret store keeps it"
  ephemeral   = true
  sensitive   = true
}

output "registry_id" {
  description = "Path of the image registry, for the pipeline"
  value       = google_artifact_registry_repository.images.id
}
