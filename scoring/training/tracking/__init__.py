"""Training runs and registered models in MLflow. Nothing else imports mlflow, and only when it is called."""
