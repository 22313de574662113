mock_provider "aws" {
  mock_resource "aws_s3_bucket" {
    defaults = {
      arn                = "arn:aws:s3:::kestrel-churn-staging-data"
      bucket_domain_name = "versioning.tags.public.example.com"
    }
  }
}

variables {
  environment = "staging"
  region      = "eu-central-1"
  owner       = "team-churn"
}

run "buckets" {
  assert {
    condition     = aws_s3_bucket.storage["data"].arn == "arn:aws:s3:::kestrel-churn-staging-data"
    error_message = "The bucket has another address."
  }
}

run "names" {
  assert {
    condition     = aws_s3_bucket.storage["models"].bucket_domain_name == "versioning.tags.public.example.com"
    error_message = "The bucket has another name."
  }
}
