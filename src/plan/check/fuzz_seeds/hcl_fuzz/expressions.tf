locals {
  a = <<-EOT
    x ${var.y}
  EOT
  b = [for s in var.z : { k = s }]
  c = var.ha ? 3 : 1
  d = jsonencode({ env = { A = "true" } })
}
