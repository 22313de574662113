mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  environment = "production"
  region      = "eu-central-1"
  owner       = "team-churn"
}

run "storage" {
  assert {
    condition     = length([for one in values(aws_s3_bucket_versioning.storage) : one if one.versioning_configuration[0].status != "Enabled"]) == 0
    error_message = "A bucket forgets its versions."
  }

  assert {
    condition     = alltrue(values(aws_s3_bucket_public_access_block.storage)[*].restrict_public_buckets)
    error_message = "A bucket can be opened."
  }

  assert {
    condition     = alltrue(values(aws_s3_bucket_public_access_block.storage)[*].block_public_acls)
    error_message = "A bucket can be opened object by object."
  }
}

run "ownership" {
  assert {
    condition     = local.tags.owner == var.owner && local.tags["data-class"] == "customer"
    error_message = "Nobody knows whose it is, or what lies in it."
  }

  assert {
    condition     = startswith(output.bucket_names["models"], "kestrel-churn-production")
    error_message = "The bucket of the models has another name than people expect."
  }
}
