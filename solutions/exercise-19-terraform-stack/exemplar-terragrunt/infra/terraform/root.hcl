remote_state {
  backend = "s3"

  config = {
    bucket       = "kestrel-churn-state"
    key          = "platform/${path_relative_to_include()}.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite"
  }
}

generate "versions" {
  path      = "versions_generated.tf"
  if_exists = "overwrite"
  contents  = <<-EOT
    terraform {
      required_version = "~> 1.12"
    }

    provider "aws" {
      region = "eu-central-1"
    }
  EOT
}

# The password comes from the environment of the pipeline: TF_VAR_mlflow_db_password.
inputs = {
  owner = "team-churn"
}
