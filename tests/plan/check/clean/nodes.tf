# Three zones with a node in each, by the EKS module.
module "vpc" {
  source          = "terraform-aws-modules/vpc/aws"
  azs             = ["us-east-1a", "us-east-1b", "us-east-1c"]
  private_subnets = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]
  public_subnets  = ["10.0.4.0/24", "10.0.5.0/24", "10.0.6.0/24"]

  enable_nat_gateway     = true
  one_nat_gateway_per_az = true
}

module "eks" {
  source     = "terraform-aws-modules/eks/aws"
  vpc_id     = module.vpc.vpc_id
  subnet_ids = module.vpc.private_subnets

  eks_managed_node_groups = {
    main = {
      instance_types = ["t3a.xlarge"]
      min_size       = 3
      max_size       = 6
      desired_size   = 3
    }
  }
}
