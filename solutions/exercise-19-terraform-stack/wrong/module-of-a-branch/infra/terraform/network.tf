module "network" {
  source = "git::https://github.com/kestrel/terraform-modules.git//network?ref=main"

  environment = var.environment
}
