# Nothing is made for these tests, and no account is needed.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  environment = "staging"
  region      = "eu-central-1"
  owner       = "team-churn"
}

run "buckets_are_protected" {
  command = plan

  assert {
    condition     = alltrue([for one in aws_s3_bucket_versioning.storage : one.versioning_configuration[0].status == "Enabled"])
    error_message = "Each bucket keeps versions."
  }

  assert {
    condition = alltrue([
      for one in aws_s3_bucket_public_access_block.storage :
      one.block_public_acls && one.block_public_policy && one.ignore_public_acls && one.restrict_public_buckets
    ])
    error_message = "No bucket can be opened to the outside."
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_public_access_block.storage)) == toset(keys(aws_s3_bucket.storage))
    error_message = "Each bucket has its block."
  }
}

run "everything_has_its_tags" {
  command = plan

  assert {
    condition     = local.tags["owner"] == "team-churn" && local.tags["env"] == "staging"
    error_message = "Tags say whose it is, and of which environment."
  }

  assert {
    condition     = alltrue([for name in ["project", "env", "owner", "data-class"] : lookup(local.tags, name, "") != ""])
    error_message = "All tags of docs/platform.md are there."
  }
}

run "other_environments_are_refused" {
  command = plan

  variables {
    environment = "prodution"
  }

  expect_failures = [var.environment]
}
