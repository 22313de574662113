# This file is maintained automatically by "tofu init".
# Manual edits may be lost in future updates.

provider "registry.opentofu.org/hashicorp/aws" {
  version     = "6.14.1"
  constraints = "~> 6.14"
  hashes = [
    "h1:Yx0gHdqXUAHzVJNXeZkvvv6h6Mm0v1nmbF2Xr5T6xDg=",
    "zh:2f6f2b1c7c0c5a0f2d7f1e3a4b5c6d7e8f9012a3b4c5d6e7f8091a2b3c4d5e6f",
    "zh:8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6",
  ]
}
