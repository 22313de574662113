variable "environment" {
  type        = string
  description = "Stage that this stack serves; it becomes part of every name"

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "Choose staging or production."
  }
}

variable "region" {
  type        = string
  description = "Where everything is created"
}

variable "owner" {
  type        = string
  description = "Team that is called when something breaks"
}

variable "kept_days" {
  type        = number
  description = "How long an image without a tag stays in the registry"
  default     = 30

  validation {
    condition     = var.kept_days >= 7
    error_message = "Keep images for a week at least."
  }
}
