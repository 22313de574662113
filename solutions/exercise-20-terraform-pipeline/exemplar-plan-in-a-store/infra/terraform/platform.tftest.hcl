mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

run "production" {
  command = plan

  variables {
    environment = "production"
    region      = "eu-central-1"
    owner       = "team-churn"
  }

  assert {
    condition     = aws_s3_bucket_versioning.storage["models"].versioning_configuration[0].status == "Enabled"
    error_message = "There is no other copy of the models."
  }

  assert {
    condition     = anytrue([for one in aws_s3_bucket_public_access_block.storage : !one.ignore_public_acls]) == false
    error_message = "Customer data can be opened."
  }
}

run "staging" {
  command = plan

  variables {
    environment = "staging"
    region      = "eu-central-1"
    owner       = "team-churn"
  }

  assert {
    condition     = local.tags == { project = "churn", env = "staging", owner = "team-churn", data-class = "customer" }
    error_message = "The tags are not those of docs/platform.md."
  }
}
