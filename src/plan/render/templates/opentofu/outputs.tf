output "cluster_name" {
  description = "Name of the cluster: aws eks update-kubeconfig --name"
  value       = aws_eks_cluster.this.name
}

output "cluster_endpoint" {
  description = "Address of the API server"
  value       = aws_eks_cluster.this.endpoint
}

output "vpc_id" {
  description = "The VPC"
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Private subnets, by zone"
  value       = aws_subnet.private[*].id
}

output "public_subnet_ids" {
  description = "Public subnets, by zone"
  value       = aws_subnet.public[*].id
}

output "pod_subnet_ids" {
  description = "Subnets of pods, by zone; empty without a range of their own"
  value       = aws_subnet.pods[*].id
}

output "nat_public_ips" {
  description = "Addresses that others see"
  value       = aws_eip.nat[*].public_ip
}

output "bastion_instance_ids" {
  description = "Bastion hosts: aws ssm start-session --target"
  value       = aws_instance.bastion[*].id
}

output "ebs_kms_key_arn" {
  description = "Your key for volumes: storageClass.kmsKeyId of the chart; null without keys of yours"
  value       = var.customer_managed_keys ? aws_kms_key.this["ebs"].arn : null
}

output "s3_kms_key_arn" {
  description = "Your key for buckets; null without keys of yours"
  value       = var.customer_managed_keys ? aws_kms_key.this["s3"].arn : null
}
