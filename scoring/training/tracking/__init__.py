"""Training runs and registered models in MLflow. No other module imports mlflow, and these do so only when called."""
