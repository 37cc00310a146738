# What the lab has to know of a public playbook to run it: nothing of the playbook itself is here. Sourced by playbooks-run.
#   known NAME            of a checkout, or of a playbook in one; sets book (the playbook's path in the checkout), groups (of the inventory, the host is in each),
#                         user (who pushes, where the play does not say), before (what a host has to have first),
#                         lacks (what the failure says where the lab has not what it goes on with),
#                         answer (a command in the lab that holds when the site is up; its words are shown; empty: it leaves nothing behind that could be asked)
known() {
  book='' groups='' user=root before='' lacks='' answer=''
  case $1 in
  *flask_ansible) book=flask.yml user=webserver answer='page 5000 "Hello World!"' ;;
  # Its databases' group is left empty: there is no MongoDB.
  *ansible-centos-flask-stack) book=site.yml groups=webservers answer='page 80 "The sample answers"' ;;
  *tomcat-standalone) book=site.yml groups=tomcat-servers answer='page 8080 "Tomcat of the lab"' ;;
  *role-nginx) book=molecule/default/converge.yml answer='on $host nginx -t' ;;
  *role-supervisor) book=molecule/default/converge.yml answer='page 80 "Test."' ;;
  *role-apache) book=molecule/default/converge.yml answer='listens 80' ;;
  *role-memcached) book=molecule/default/converge.yml answer='listens 11211' ;;
  *role-redis) book=molecule/default/converge.yml before='dnf install -y -q epel-release' answer='on $host redis-cli ping' ;;
  *role-haproxy) book=molecule/default/converge.yml answer='listens 80' ;;
  *role-ntp) book=molecule/default/converge.yml answer='on $host grep -q driftfile /etc/chrony.conf' ;;
  *role-git) book=molecule/default/converge.yml answer='on $host git --version' ;;
  *role-security) book=molecule/default/converge.yml before='dnf install -y -q epel-release' lacks='No package fail2ban' answer='listens 22' ;;
  *role-pip) book=molecule/default/converge.yml lacks='No matching distribution' answer='on $host pip3 --version' ;;
  *role-repo-epel) book=molecule/default/converge.yml answer='on $host dnf repolist' ;;
  *role-firewall) book=molecule/default/converge.yml lacks='No package iptables' answer='listens 22' ;;
  *first-ansible-playbook) book=playbook.yml answer='on $host systemctl is-active chronyd' ;;
  *molecule) book=main.yml answer='page 80 "Hello world!"' ;;
  user_commands.yml) book=$1 before='groupadd -f wheel' answer='! on $host id tset' ;;
  group_commands.yml) book=$1 answer='! on $host getent group tset' ;;
  intro_example.yml) book=$1 answer='listens 80' ;;
  conditionals_part2.yml | environment.yml | loop_nested.yml | nested_playbooks.yml | register_logic.yml) book=$1 ;;
  tags.yml) book=$1 lacks='setenforce: No such file' ;;
  *) return 1 ;;
  esac
}
