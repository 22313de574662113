# The settings of each environment are in envs/: terraform init -backend-config=envs/staging.s3.tfbackend
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
