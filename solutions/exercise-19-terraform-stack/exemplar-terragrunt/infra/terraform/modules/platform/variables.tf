variable "environment" {
  type        = string
  description = "Which of the two stages this is"

  validation {
    condition     = can(regex("^(staging|production)$", var.environment))
    error_message = "There is staging, and there is production."
  }
}

variable "owner" {
  type        = string
  description = "Who pays, and who is called at night"
}

variable "mlflow_db_password" {
  type        = string
  description = "Passed through to the secret store"
  sensitive   = true
}

output "image_registry" {
  description = "Where images of churn-api are pushed"
  value       = aws_ecr_repository.churn_api.repository_url
}
