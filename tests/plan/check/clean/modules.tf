# The modules that most teams use.
data "aws_availability_zones" "available" {}

locals {
  name = "staging"
  azs  = slice(data.aws_availability_zones.available.names, 0, 3)
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 6.0"

  name = local.name
  cidr = "10.1.0.0/16"
  azs  = local.azs

  private_subnets = [for k, v in local.azs : cidrsubnet("10.1.0.0/16", 4, k)]
  public_subnets  = [for k, v in local.azs : cidrsubnet("10.1.0.0/16", 8, k + 48)]

  enable_nat_gateway = true
  single_nat_gateway = true
}

module "eks" {
  source  = "terraform-aws-modules/eks/aws"
  version = "~> 20.0"

  cluster_name                         = local.name
  cluster_endpoint_public_access       = true
  cluster_endpoint_public_access_cidrs = var.office_ranges
  vpc_id                               = module.vpc.vpc_id
  subnet_ids                           = module.vpc.private_subnets

  cluster_addons = {
    vpc-cni = {
      before_compute       = true
      configuration_values = jsonencode({ env = { ENABLE_PREFIX_DELEGATION = "true", AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG = "true" } })
    }
  }

  eks_managed_node_groups = {
    main = {
      instance_types = ["t3a.medium"]
      min_size       = 3
      max_size       = 6
      desired_size   = 3
    }
    arm = {
      ami_type       = "AL2023_ARM_64_STANDARD"
      instance_types = ["t4g.xlarge"]
      min_size       = var.arm_min
      max_size       = 4
    }
    # One zone for what has volumes; the control plane has three.
    volumes = {
      subnet_ids     = [module.vpc.private_subnets[0]]
      instance_types = ["m7g.large"]
      ami_type       = "AL2023_ARM_64_STANDARD"
      min_size       = 0
      max_size       = 3
    }
  }
}

module "alb" {
  source  = "terraform-aws-modules/alb/aws"
  vpc_id  = module.vpc.vpc_id
  subnets = module.vpc.public_subnets
}
