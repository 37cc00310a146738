# What the lab has to know of a public playbook to run it: nothing of the playbook itself is here. Sourced by playbooks-run.
#   known CHECKOUT-NAME   sets book (the playbook's path in the checkout), groups (of the inventory, the host is in each),
#                         user (who pushes, where the play does not say), role (the name other roles know the checkout by),
#                         answer (a command in the lab that holds when the site is up; its words are shown)
known() {
  book= groups='' user=root role='' answer=
  case $1 in
  *flask_ansible) book=flask.yml user=webserver answer='page 5000 "Hello World!"' ;;
  # Its databases' group is left empty: there is no MongoDB.
  *ansible-centos-flask-stack) book=site.yml groups=webservers answer='page 80 "The sample answers"' ;;
  *tomcat-standalone) book=site.yml groups=tomcat-servers answer='page 8080 "Tomcat of the lab"' ;;
  *role-nginx) book=molecule/default/converge.yml role=geerlingguy.nginx answer='on $host nginx -t' ;;
  *role-supervisor) book=molecule/default/converge.yml role=geerlingguy.supervisor answer='page 80 "Test."' ;;
  *role-apache) book=molecule/default/converge.yml role=geerlingguy.apache answer='on $host curl -sf -o /dev/null http://localhost/' ;;
  *role-memcached) book=molecule/default/converge.yml role=geerlingguy.memcached answer='listens 11211' ;;
  *role-redis) book=molecule/default/converge.yml role=geerlingguy.redis answer='on $host redis-cli ping' ;;
  *role-haproxy) book=molecule/default/converge.yml role=geerlingguy.haproxy answer='listens 80' ;;
  *role-ntp) book=molecule/default/converge.yml role=geerlingguy.ntp answer='on $host grep -q driftfile /etc/chrony.conf' ;;
  *role-git) book=molecule/default/converge.yml role=geerlingguy.git answer='on $host git --version' ;;
  *role-security) book=molecule/default/converge.yml role=geerlingguy.security answer='listens 22' ;;
  *first-ansible-playbook) book=playbook.yml answer='on $host systemctl is-active chronyd' ;;
  *) return 1 ;;
  esac
}
