variable "project_id" {
  type        = string
  description = "Project of Google Cloud."
}

variable "location" {
  type        = string
  description = "Region."
}

variable "owner" {
  type        = string
  description = "Team that is called at night."
}

variable "mlflow_db_password" {
  type        = string
  description = "Password of the database of the tracking server; comes from TF_VAR_mlflow_db_password."
  sensitive   = true
}
