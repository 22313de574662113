include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "../modules//platform"
}

inputs = {
  environment = basename(get_terragrunt_dir())
}
