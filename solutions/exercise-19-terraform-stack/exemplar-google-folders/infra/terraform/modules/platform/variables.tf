variable "project_id" {
  type        = string
  description = "Project of Google Cloud in which everything lies."
}

variable "environment" {
  type        = string
  description = "staging or production"
  validation {
    condition     = can(regex("^(staging|production)$", var.environment))
    error_message = "environment must be staging or production"
  }
}

variable "location" {
  type        = string
  description = "Region, such as europe-west3."
}

variable "owner" {
  type        = string
  description = "Team that is called at night."
}

variable "mlflow_db_password" {
  type        = string
  description = "Password of the database of the tracking server."
  sensitive   = true
}

variable "github_ref" {
  type        = string
  description = "Branch of kestrel/churn from which images are pushed."
  default     = "refs/heads/main"
}
